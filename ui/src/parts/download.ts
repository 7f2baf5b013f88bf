/** A file of the server's, as a click on a link to it would bring it. */
export function download(href: string): void {
  const link = document.createElement('a');
  link.href = href;
  link.download = '';
  link.click();
}

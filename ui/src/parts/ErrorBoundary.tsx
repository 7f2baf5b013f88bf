import { Component, type ReactNode } from 'react';

import { ErrorState } from './ErrorState';

interface Props {
  /** What cannot be done: `This page broke` unless it is a part that has a name. */
  what?: string;
  children: ReactNode;
}

/** A fault of ours on one page never takes the shell with it. */
export class ErrorBoundary extends Component<Props, { error: unknown }> {
  override state = { error: null as unknown };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override render() {
    if (this.state.error === null) return this.props.children;
    return (
      <ErrorState
        what={this.props.what ?? 'This page broke'}
        error={this.state.error}
        onRetry={() => this.setState({ error: null })}
      />
    );
  }
}

"""The dashboard in a real browser, on a real server. A package, so that the browser ends with the last of these tests."""

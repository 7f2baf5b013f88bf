import { Component, type ReactNode } from 'react';

import { ErrorState } from './ErrorState';

/** A fault of ours on one page never takes the shell with it. */
export class ErrorBoundary extends Component<{ children: ReactNode }, { error: unknown }> {
  override state = { error: null as unknown };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  override render() {
    if (this.state.error === null) return this.props.children;
    return (
      <ErrorState
        what="This page broke"
        error={this.state.error}
        onRetry={() => this.setState({ error: null })}
      />
    );
  }
}

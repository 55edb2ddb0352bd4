import { Component, type ReactNode } from "react";

import { Problem } from "./Problem";

interface Props {
  /** Where we are; elsewhere all may be well. */
  place: string;
  children: ReactNode;
}

/** Says that a screen has failed, and leaves the rest of the page alone. */
export class Guard extends Component<Props, { error: unknown; place: string }> {
  state = { error: undefined, place: this.props.place };

  static getDerivedStateFromError(error: unknown): { error: unknown } {
    return { error };
  }

  static getDerivedStateFromProps(props: Props, state: { place: string }): { error?: undefined; place: string } | null {
    return props.place === state.place ? null : { error: undefined, place: props.place };
  }

  render(): ReactNode {
    return this.state.error === undefined ? this.props.children : <Problem error={this.state.error} />;
  }
}

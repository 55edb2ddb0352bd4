import Box from "@cloudscape-design/components/box";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { ReactNode } from "react";

interface Props {
  title: string;
  /** What that means. */
  children?: ReactNode;
  /** The next step: a button, or a link to where it is. */
  next: ReactNode;
}

/** What stands where a list has nothing in it. */
export function Empty({ title, children, next }: Props) {
  return (
    <Box textAlign="center" padding="s">
      <SpaceBetween size="s">
        <b>{title}</b>
        {children && <Box color="inherit">{children}</Box>}
        {next}
      </SpaceBetween>
    </Box>
  );
}

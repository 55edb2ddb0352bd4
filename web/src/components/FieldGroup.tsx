import Box from "@cloudscape-design/components/box";
import type { ReactNode } from "react";

/** Several fields under one heading, each with a name of its own. */
export function FieldGroup({ label, description, children }: { label: string; description: string; children: ReactNode }) {
  return (
    <div role="group" aria-label={label}>
      <Box variant="awsui-key-label">{label}</Box>
      <Box variant="small" color="text-body-secondary" display="block" padding={{ bottom: "xxs" }}>{description}</Box>
      {children}
    </div>
  );
}

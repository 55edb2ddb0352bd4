import CopyToClipboard from "@cloudscape-design/components/copy-to-clipboard";

import type { Json } from "../lib/api";
import { awsCommand } from "../lib/command";

/** Copies the `aws` command that does the same. */
export function CopyCommand({ service = "iam", operation, members }: { service?: string; operation: string; members?: Json }) {
  const command = awsCommand(service, operation, members);
  return (
    <CopyToClipboard
      textToCopy={command}
      copyButtonText="Copy as aws command"
      copySuccessText={command}
      copyErrorText="It could not be copied"
    />
  );
}

import CopyToClipboard from "@cloudscape-design/components/copy-to-clipboard";

import type { Json } from "../lib/api";
import { awsCommand } from "../lib/command";

interface Props {
  service?: string;
  operation: string;
  members?: Json;
  /** Another operation, where one alone does not do it. */
  then?: string;
}

/** Copies the `aws` command that does the same. */
export function CopyCommand({ service = "iam", operation, members, then }: Props) {
  const command = [awsCommand(service, operation, members), ...(then ? [awsCommand(service, then)] : [])].join("\n");
  return (
    <CopyToClipboard
      textToCopy={command}
      copyButtonText="Copy as aws command"
      copySuccessText={command}
      copyErrorText="It could not be copied"
    />
  );
}

/** Copies another text that is run in a terminal. */
export function CopyText({ text, children }: { text: string; children: string }) {
  return <CopyToClipboard textToCopy={text} copyButtonText={children} copySuccessText={text} copyErrorText="It could not be copied" />;
}

/** Copies the `iamd` command that tells the same, for what AWS has no operation for. */
export function CopyOwnCommand({ command }: { command: string }) {
  return <CopyText text={command}>Copy as iamd command</CopyText>;
}

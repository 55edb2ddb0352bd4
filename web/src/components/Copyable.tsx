import CopyToClipboard from "@cloudscape-design/components/copy-to-clipboard";

export function Copyable({ text }: { text: string }) {
  return (
    <span className="iamd-wrap">
      <CopyToClipboard variant="inline" copyButtonAriaLabel="Copy" textToCopy={text} copySuccessText="Copied" copyErrorText="It could not be copied" />
    </span>
  );
}

import Box from "@cloudscape-design/components/box";
import CopyToClipboard from "@cloudscape-design/components/copy-to-clipboard";

/** A document to look at. */
export function JsonBlock({ text, label }: { text: string; label: string }) {
  return (
    <div className="iamd-json">
      <Box float="right">
        <CopyToClipboard variant="icon" textToCopy={text} copyButtonAriaLabel={`Copy ${label}`} copySuccessText="Copied" copyErrorText="It could not be copied" />
      </Box>
      <pre aria-label={label} tabIndex={0}>{text}</pre>
    </div>
  );
}

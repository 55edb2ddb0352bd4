import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import CopyToClipboard from "@cloudscape-design/components/copy-to-clipboard";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import Modal from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useState } from "react";

import { save } from "../lib/save";

interface Props {
  title: string;
  warning: string;
  /** What is public, by its labels. */
  open: Record<string, string>;
  /** The label of what is not. */
  label: string;
  secret: string;
  /** The name of the file with all of it. */
  file: string;
  close: () => void;
}

function field(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** The one time that a secret can be seen. */
export function CreatedOnce({ title, warning, open, label, secret, file, close }: Props) {
  const [shown, setShown] = useState(false);
  const csv = (): void => {
    const rows = [[...Object.keys(open), label], [...Object.values(open), secret]];
    save(file, rows.map((row) => `${row.map(field).join(",")}\r\n`).join(""), "text/csv");
  };
  return (
    <Modal
      visible
      header={title}
      onDismiss={close}
      closeAriaLabel="Close"
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button iconName="download" onClick={csv}>Download .csv file</Button>
            <Button variant="primary" onClick={close}>Done</Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        <Alert type="warning">{warning}</Alert>
        <KeyValuePairs
          columns={1}
          items={[
            ...Object.entries(open).map(([name, text]) => ({
              label: name,
              value: <CopyToClipboard variant="inline" copyButtonAriaLabel="Copy" textToCopy={text} copySuccessText="Copied" copyErrorText="It could not be copied" />,
            })),
            {
              label,
              value: (
                <span className="iamd-wrap">
                  <CopyToClipboard variant="inline" copyButtonAriaLabel="Copy" textToCopy={secret} textToDisplay={shown ? secret : "••••••••••••••••"} copySuccessText="Copied" copyErrorText="It could not be copied" />{" "}
                  <Button variant="inline-link" onClick={() => setShown(!shown)}>{shown ? "Hide" : "Show"}</Button>
                </span>
              ),
            },
          ]}
        />
      </SpaceBetween>
    </Modal>
  );
}

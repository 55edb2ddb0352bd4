import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import Modal, { type ModalProps } from "@cloudscape-design/components/modal";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type ReactNode, useState } from "react";

import { Problem } from "./Problem";

interface Props {
  title: string;
  verb: string;
  children: ReactNode;
  /** What must be typed first, for what cannot be undone. */
  typed?: string;
  size?: ModalProps.Size;
  /** Whether it stays when it was done, for another step. */
  stays?: boolean;
  act: () => Promise<void>;
  close: () => void;
}

/** Asks before something is done, and stays while it is refused. */
export function Confirm({ title, verb, children, typed, size, stays = false, act, close }: Props) {
  const [text, setText] = useState("");
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const confirm = async (): Promise<void> => {
    setBusy(true);
    setError(undefined);
    try {
      await act();
      if (!stays) {
        close();
      }
    } catch (problem) {
      setError(problem);
      setBusy(false);
    }
  };
  const waits = typed !== undefined && text !== typed;
  return (
    <Modal
      visible
      size={size}
      header={title}
      onDismiss={close}
      closeAriaLabel="Close"
      footer={
        <Box float="right">
          <SpaceBetween direction="horizontal" size="xs">
            <Button variant="link" onClick={close}>Cancel</Button>
            <Button
              variant="primary"
              loading={busy}
              disabled={waits}
              disabledReason={waits ? `Type ${typed} first` : undefined}
              onClick={() => void confirm()}
            >
              {verb}
            </Button>
          </SpaceBetween>
        </Box>
      }
    >
      <SpaceBetween size="m">
        <div>{children}</div>
        {typed !== undefined && (
          <FormField label={<>To confirm, type <b>{typed}</b></>}>
            <Input value={text} onChange={(event) => setText(event.detail.value)} ariaLabel="Confirmation" />
          </FormField>
        )}
        <Problem error={error} />
      </SpaceBetween>
    </Modal>
  );
}

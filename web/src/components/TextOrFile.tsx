import FileInput from "@cloudscape-design/components/file-input";
import FormField from "@cloudscape-design/components/form-field";
import SpaceBetween from "@cloudscape-design/components/space-between";
import Textarea from "@cloudscape-design/components/textarea";
import { type ReactNode, useState } from "react";

interface Props {
  label: ReactNode;
  description?: string;
  constraint?: string;
  value: string;
  /** What files the browser offers. */
  accept: string;
  choose: string;
  rows?: number;
  change: (text: string) => void;
}

/** A text that is pasted, or read from a file; the file itself goes nowhere. */
export function TextOrFile({ label, description, constraint, value, accept, choose, rows = 6, change }: Props) {
  const [problem, setProblem] = useState<string>();
  const read = async (file: File | undefined): Promise<void> => {
    if (file === undefined) {
      return;
    }
    try {
      change(await file.text());
      setProblem(undefined);
    } catch {
      setProblem(`${file.name} cannot be read`);
    }
  };
  return (
    <SpaceBetween size="xs">
      <FormField label={label} description={description} constraintText={constraint} errorText={problem} stretch>
        <div className="iamd-editor">
          <Textarea value={value} rows={rows} spellcheck={false} onChange={(event) => change(event.detail.value)} />
        </div>
      </FormField>
      <FileInput variant="button" accept={accept} value={[]} onChange={(event) => void read(event.detail.value[0])}>{choose}</FileInput>
    </SpaceBetween>
  );
}

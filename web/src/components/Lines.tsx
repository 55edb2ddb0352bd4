import Button from "@cloudscape-design/components/button";
import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import type { ReactNode } from "react";

interface Props {
  label: ReactNode;
  description?: string;
  constraint?: string;
  /** One of them, as a button and a reader have it. */
  noun: string;
  values: string[];
  most: number;
  placeholder?: string;
  change: (values: string[]) => void;
}

/** Several short texts, each in a field of its own. */
export function Lines({ label, description, constraint, noun, values, most, placeholder, change }: Props) {
  const full = values.length >= most;
  return (
    <FormField label={label} description={description} constraintText={constraint}>
      <SpaceBetween size="xs">
        {values.map((value, at) => (
          // A field is known by its place: its text changes as one types.
          <div className="iamd-line" key={at}>
            <Input
              value={value}
              placeholder={placeholder}
              ariaLabel={`${noun} ${at + 1}`}
              spellcheck={false}
              onChange={(event) => change(values.map((each, place) => (place === at ? event.detail.value : each)))}
            />
            <Button iconName="close" variant="icon" formAction="none" ariaLabel={`Remove ${noun.toLowerCase()} ${at + 1}`} onClick={() => change(values.filter((_, place) => place !== at))} />
          </div>
        ))}
        <Button formAction="none" disabled={full} disabledReason={full ? `There are ${most} at most` : undefined} onClick={() => change([...values, ""])}>{`Add ${noun.toLowerCase()}`}</Button>
      </SpaceBetween>
    </FormField>
  );
}

/** Those that are not empty, without blanks around them. */
export function filled(values: string[]): string[] {
  return values.map((value) => value.trim()).filter(Boolean);
}

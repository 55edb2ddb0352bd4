import FormField from "@cloudscape-design/components/form-field";
import Textarea from "@cloudscape-design/components/textarea";

export function jsonProblem(text: string): string | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : "It is no JSON";
  }
}

/** A document to change; what is no JSON is said as one types. */
export function JsonEditor({ value, change, label, description }: {
  value: string;
  change: (text: string) => void;
  label: string;
  description?: string;
}) {
  return (
    <FormField label={label} description={description} errorText={jsonProblem(value)} stretch>
      <div className="iamd-editor">
        <Textarea value={value} rows={Math.min(28, Math.max(10, value.split("\n").length + 1))} spellcheck={false} onChange={(event) => change(event.detail.value)} />
      </div>
    </FormField>
  );
}

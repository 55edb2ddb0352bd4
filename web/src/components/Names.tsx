import Autosuggest, { type AutosuggestProps } from "@cloudscape-design/components/autosuggest";
import FormField from "@cloudscape-design/components/form-field";
import SpaceBetween from "@cloudscape-design/components/space-between";
import TokenGroup from "@cloudscape-design/components/token-group";
import { useRef, useState } from "react";

import { type Json, own } from "../lib/api";

const SHOWN = 20;
const LONGEST = 256;

/** Asks the server for names that begin with what is typed. */
export async function completed(wanted: "action" | "conditionKey", typed: string): Promise<AutosuggestProps.Option[]> {
  const answer = await own("CompleteName", { wanted, typed: typed.slice(0, LONGEST) });
  return answer.names.map((each: Json) => ({ value: each.name, tags: each.about ? [each.about] : undefined, description: each.description || undefined }));
}

interface Props {
  label: string;
  description?: string;
  /** One of them. */
  noun: string;
  values: string[];
  change: (values: string[]) => void;
  /** What is being typed, and not one of them yet. */
  typed: string;
  type: (typed: string) => void;
  suggest?: (typed: string) => Promise<AutosuggestProps.Option[]>;
}

/** Returns `values` and the names in a text, which stand between blanks. */
export function withNames(values: string[], text: string): string[] {
  return [...new Set([...values, ...text.split(/[\s,]+/).filter(Boolean)])];
}

/** Several names, with completion; what is pasted is taken apart at blanks. */
export function Names({ label, description, noun, values, change, typed, type, suggest }: Props) {
  const [options, setOptions] = useState<AutosuggestProps.Option[]>([]);
  const newest = useRef(0);
  const load = (text: string): void => {
    const mine = ++newest.current;
    suggest?.(text).then(
      (found) => mine === newest.current && setOptions(found),
      () => mine === newest.current && setOptions([]),
    );
  };
  const add = (text: string): void => {
    type("");
    change(withNames(values, text));
  };
  const select = (text: string): void => {
    // Of an action it is the service alone: its actions come next.
    if (text.endsWith(":") && !text.startsWith("arn:")) {
      type(text);
      load(text);
    } else {
      add(text);
    }
  };
  return (
    <FormField label={label} description={description} stretch>
      <SpaceBetween size="xs">
        <Autosuggest
          value={typed}
          options={options}
          filteringType="manual"
          expandToViewport
          placeholder={`Add ${noun}s, separated by blanks`}
          enteredTextLabel={(text) => `Add ${text}`}
          ariaLabel={label}
          onFocus={() => load(typed)}
          onChange={(event) => {
            type(event.detail.value);
            load(event.detail.value);
          }}
          onSelect={(event) => select(event.detail.value)}
        />
        {values.length > 0 && (
          <TokenGroup
            limit={SHOWN}
            items={values.map((value) => ({ label: value, dismissLabel: `Remove the ${noun} ${value}` }))}
            i18nStrings={{ limitShowMore: `Show all ${values.length}`, limitShowFewer: "Show fewer" }}
            onDismiss={(event) => change(values.filter((_, at) => at !== event.detail.itemIndex))}
          />
        )}
      </SpaceBetween>
    </FormField>
  );
}

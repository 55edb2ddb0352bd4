import Autosuggest, { type AutosuggestProps } from "@cloudscape-design/components/autosuggest";
import Button from "@cloudscape-design/components/button";
import Input from "@cloudscape-design/components/input";
import Select from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useRef, useState } from "react";

import { FieldGroup } from "../../components/FieldGroup";
import { completed } from "../../components/Names";
import { call } from "../../lib/api";
import { type ContextEntry, type Question, membersOf } from "../../lib/simulation";

const TYPES = ["string", "stringList", "numeric", "numericList", "boolean", "booleanList", "ip", "ipList", "binary", "binaryList", "date", "dateList"].map((value) => ({ value }));

/** Returns the context keys that the policies of a question ask for. */
async function wanted(question: Question): Promise<string[]> {
  const { PolicySourceArn, PolicyInputList } = membersOf(question);
  const documents = PolicyInputList?.length ? { PolicyInputList } : {};
  const answer = question.ofPrincipal
    ? await call("iam", "GetContextKeysForPrincipalPolicy", { PolicySourceArn, ...documents })
    : await call("iam", "GetContextKeysForCustomPolicy", { PolicyInputList });
  return answer.ContextKeyNames;
}

interface Props {
  question: Question;
  change: (context: ContextEntry[]) => void;
}

/** What a request would say of itself. */
export function ContextKeys({ question, change }: Props) {
  const { context } = question;
  const put = (at: number, changes: Partial<ContextEntry>): void => change(context.map((each, place) => (place === at ? { ...each, ...changes } : each)));
  return (
    <FieldGroup label="Context keys" description="What is not given is taken from the principal, or is absent. Values of a list stand between commas.">
      <SpaceBetween size="xs">
        {context.map((entry, at) => (
          // A row is known by its place: its text changes as one types.
          <div className="iamd-context" key={at}>
            <KeyField question={question} value={entry.key} label={`Context key ${at + 1}`} change={(key) => put(at, { key })} />
            <Select selectedOption={{ value: entry.type }} options={TYPES} ariaLabel={`Type of context key ${at + 1}`} onChange={(event) => put(at, { type: event.detail.selectedOption.value ?? "string" })} />
            <Input value={entry.value} ariaLabel={`Value of context key ${at + 1}`} placeholder="Value" spellcheck={false} onChange={(event) => put(at, { value: event.detail.value })} />
            <Button iconName="close" variant="icon" ariaLabel={`Remove context key ${at + 1}`} onClick={() => change(context.filter((_, place) => place !== at))} />
          </div>
        ))}
        <Button onClick={() => change([...context, { key: "", type: "string", value: "" }])}>Add context key</Button>
      </SpaceBetween>
    </FieldGroup>
  );
}

function KeyField({ question, value, label, change }: { question: Question; value: string; label: string; change: (key: string) => void }) {
  const [options, setOptions] = useState<AutosuggestProps.Options>([]);
  const asked = useRef<Promise<string[]>>(undefined);
  const newest = useRef(0);
  const load = async (typed: string): Promise<void> => {
    const mine = ++newest.current;
    // Somebody who may not ask, or a draft that is not sound, has the other names all the same.
    asked.current ??= wanted(question).catch(() => []);
    const [of, known] = await Promise.all([asked.current, completed("conditionKey", typed).catch(() => [])]);
    const fitting = of.filter((key) => key.toLowerCase().startsWith(typed.toLowerCase()));
    if (mine === newest.current) {
      setOptions([
        ...(fitting.length ? [{ label: "Asked for by its policies", options: fitting.map((key) => ({ value: key })) }] : []),
        ...(known.length ? [{ label: "Known keys", options: known }] : []),
      ]);
    }
  };
  return (
    <Autosuggest
      value={value}
      options={options}
      filteringType="manual"
      expandToViewport
      placeholder="Context key"
      ariaLabel={label}
      enteredTextLabel={(text) => `Use ${text}`}
      onFocus={() => {
        asked.current = undefined;
        void load(value);
      }}
      onChange={(event) => {
        change(event.detail.value);
        void load(event.detail.value);
      }}
    />
  );
}

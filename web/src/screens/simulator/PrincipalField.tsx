import Autosuggest, { type AutosuggestProps } from "@cloudscape-design/components/autosuggest";
import FormField from "@cloudscape-design/components/form-field";
import { useState } from "react";

import { call, type Json } from "../../lib/api";

const MOST = 200;
const NOUNS = ["User", "Role", "Group"];

async function entities(): Promise<AutosuggestProps.OptionGroup[]> {
  const found = await Promise.all(
    // Whoever may not list them types an ARN.
    NOUNS.map((noun) => call("iam", `List${noun}s`, { MaxItems: MOST }).then((answer) => answer[`${noun}s`] as Json[]).catch(() => [])),
  );
  return NOUNS.map((noun, at) => ({ label: `${noun}s`, options: found[at].map((each) => ({ value: each.Arn, label: each[`${noun}Name`], description: each.Arn })) })).filter((group) => group.options.length);
}

/** Whoever is asked about; names are offered as one types. */
export function PrincipalField({ value, change }: { value: string; change: (arn: string) => void }) {
  const [options, setOptions] = useState<AutosuggestProps.OptionGroup[]>([]);
  const load = (): void => {
    if (options.length === 0) {
      entities().then(setOptions, () => undefined);
    }
  };
  return (
    <FormField label="Principal" description="The ARN of a user, a group or a role." stretch>
      <Autosuggest value={value} options={options} expandToViewport virtualScroll placeholder="Find a name, or type an ARN" ariaLabel="Principal" enteredTextLabel={(text) => `Use ${text}`} onFocus={load} onChange={(event) => change(event.detail.value)} />
    </FormField>
  );
}

import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";

import { Confirm } from "./Confirm";
import { DecisionDiff, type Saved } from "./DecisionDiff";
import { TextDiff } from "./TextDiff";

interface Props {
  title: string;
  verb: string;
  saved: Saved;
  /** Undefined for a policy that is new. */
  before: string | undefined;
  after: string;
  save: () => Promise<void>;
  close: () => void;
}

/** What saving a policy changes, before it is saved. */
export function SaveReview({ title, verb, saved, before, after, save, close }: Props) {
  return (
    <Confirm title={title} verb={verb} size="max" act={save} close={close}>
      <SpaceBetween size="l">
        <DecisionDiff saved={saved} before={before} after={after} />
        {before !== undefined && (
          <SpaceBetween size="s">
            <Header variant="h3">Lines that change</Header>
            <TextDiff before={before} after={after} label="Lines that change" />
          </SpaceBetween>
        )}
      </SpaceBetween>
    </Confirm>
  );
}

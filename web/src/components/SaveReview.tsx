import Box from "@cloudscape-design/components/box";
import Header from "@cloudscape-design/components/header";
import SpaceBetween from "@cloudscape-design/components/space-between";

import { Confirm } from "./Confirm";
import { DecisionDiff, type Saved } from "./DecisionDiff";
import { TextDiff } from "./TextDiff";

interface Props {
  title: string;
  verb: string;
  /** Undefined where decisions are other accounts'. */
  saved: Saved | undefined;
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
        {saved ? <DecisionDiff saved={saved} before={before} after={after} /> : <Box>What it changes is decided in the accounts that it bears on. Each account reads its own decisions.</Box>}
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

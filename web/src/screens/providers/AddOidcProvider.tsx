import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Form from "@cloudscape-design/components/form";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type FormEvent, useState } from "react";

import { CopyCommand } from "../../components/CopyCommand";
import { Lines, filled } from "../../components/Lines";
import { notify } from "../../components/Notices";
import { Problem } from "../../components/Problem";
import { call } from "../../lib/api";
import { go } from "../../lib/route";

const MOST_AUDIENCES = 100;
export const MOST_THUMBPRINTS = 5;

export function AddOidcProvider({ given }: { given: URLSearchParams }) {
  const [url, setUrl] = useState(given.get("url") ?? "https://");
  const [audiences, setAudiences] = useState([given.get("audience") ?? ""]);
  const [thumbprints, setThumbprints] = useState<string[]>([]);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const [clients, prints] = [filled(audiences), filled(thumbprints)];
  const members = {
    Url: url.trim(),
    ...(clients.length ? { ClientIDList: clients } : {}),
    ...(prints.length ? { ThumbprintList: prints } : {}),
  };
  const add = async (event: FormEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setError(undefined);
    try {
      const answer = await call("iam", "CreateOpenIDConnectProvider", members);
      notify("The identity provider is added. Nobody comes in through it until a role trusts it.");
      go("providers", answer.OpenIDConnectProviderArn, "roles");
    } catch (problem) {
      setError(problem);
      setBusy(false);
    }
  };
  return (
    <form onSubmit={(event) => void add(event)}>
      <Form
        header={<Header variant="h1" description="Who issues tokens to jobs, pods and programs: GitHub, GitLab, a cluster, or a server of yours.">Add OpenID Connect provider</Header>}
        actions={
          <SpaceBetween direction="horizontal" size="xs">
            <CopyCommand operation="CreateOpenIDConnectProvider" members={members} />
            <Button variant="link" href="#/providers">Cancel</Button>
            <Button variant="primary" formAction="submit" loading={busy}>Add provider</Button>
          </SpaceBetween>
        }
      >
        <Container>
          <SpaceBetween size="m">
            <FormField label="Provider URL" description="As in the claim iss of its tokens. Its signing keys are looked up below it, in .well-known/openid-configuration." constraintText="Begins with https://. It cannot be changed later.">
              <Input value={url} name="url" type="url" autoFocus onChange={(event) => setUrl(event.detail.value)} />
            </FormField>
            <Lines
              label="Audiences"
              noun="Audience"
              description="Whom tokens must be for: their claim aud. Jobs of GitHub ask for sts.amazonaws.com."
              values={audiences}
              most={MOST_AUDIENCES}
              placeholder="sts.amazonaws.com"
              change={setAudiences}
            />
            <Lines
              label={<>Thumbprints<i> - optional</i></>}
              noun="Thumbprint"
              description="Of the certificate authority of its server, where that is none of the well-known ones. Without any, only those are believed."
              constraint={`SHA-1, 40 hexadecimal digits; at most ${MOST_THUMBPRINTS}.`}
              values={thumbprints}
              most={MOST_THUMBPRINTS}
              change={setThumbprints}
            />
            <Problem error={error} />
          </SpaceBetween>
        </Container>
      </Form>
    </form>
  );
}

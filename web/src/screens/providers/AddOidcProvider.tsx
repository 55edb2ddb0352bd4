import FormField from "@cloudscape-design/components/form-field";
import Input from "@cloudscape-design/components/input";
import { useState } from "react";

import { Lines, filled } from "../../components/Lines";
import { AddProvider } from "./AddProvider";

const MOST_AUDIENCES = 100;
export const MOST_THUMBPRINTS = 5;

export function AddOidcProvider({ given }: { given: URLSearchParams }) {
  const [url, setUrl] = useState(given.get("url") ?? "https://");
  const [audiences, setAudiences] = useState([given.get("audience") ?? ""]);
  const [thumbprints, setThumbprints] = useState<string[]>([]);
  const [clients, prints] = [filled(audiences), filled(thumbprints)];
  const members = {
    Url: url.trim(),
    ...(clients.length ? { ClientIDList: clients } : {}),
    ...(prints.length ? { ThumbprintList: prints } : {}),
  };
  return (
    <AddProvider
      title="Add OpenID Connect provider"
      description="Who issues tokens to jobs, pods and programs: GitHub, GitLab, a cluster, or a server of yours."
      noun="OpenIDConnectProvider"
      members={members}
    >
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
    </AddProvider>
  );
}

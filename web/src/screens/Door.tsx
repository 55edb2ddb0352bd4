import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Form from "@cloudscape-design/components/form";
import FormField from "@cloudscape-design/components/form-field";
import Header from "@cloudscape-design/components/header";
import Input from "@cloudscape-design/components/input";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type FormEvent, type ReactNode, useEffect, useRef, useState } from "react";

import { Problem } from "../components/Problem";
import { call, own } from "../lib/api";
import type { Session } from "../lib/session";

interface Props {
  session: Session | null;
  token: string | undefined;
  entered: () => Promise<void>;
}

/** All that can be seen before somebody is signed in for good. */
export function Door({ session, token, entered }: Props) {
  return (
    <main className="iamd-door">
      <div className="iamd-card">
        <div className="iamd-brand"><img src="/_iamd/console/icon.svg" alt="" /> iamd</div>
        {token !== undefined ? (
          <Redeem session={session} token={token} entered={entered} />
        ) : session?.mustChangePassword ? (
          <ChangePassword entered={entered} />
        ) : (
          <SignIn entered={entered} />
        )}
      </div>
      <div className="iamd-foot">iamd is not affiliated with, endorsed or sponsored by Amazon Web Services.</div>
    </main>
  );
}

function useAct(action: () => Promise<void>): { act: (event?: FormEvent) => void; busy: boolean; error: unknown } {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const act = (event?: FormEvent): void => {
    event?.preventDefault();
    setBusy(true);
    setError(undefined);
    action().catch(setError).finally(() => setBusy(false));
  };
  return { act, busy, error };
}

function Card({ title, act, busy, verb, children }: { title: string; act: (event: FormEvent) => void; busy: boolean; verb: string; children: ReactNode }) {
  return (
    <form onSubmit={act}>
      <Form actions={<Button variant="primary" formAction="submit" loading={busy}>{verb}</Button>}>
        <Container header={<Header variant="h1">{title}</Header>}>
          <SpaceBetween size="m">{children}</SpaceBetween>
        </Container>
      </Form>
    </form>
  );
}

function SignIn({ entered }: { entered: () => Promise<void> }) {
  const [account, setAccount] = useState(() => window.localStorage.getItem("iamd-account") ?? "");
  const [user, setUser] = useState("");
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const [wantsCode, setWantsCode] = useState(false);
  const { act, busy, error } = useAct(async () => {
    const answer = await own("SignIn", { account: account.trim(), user: user.trim(), password, ...(wantsCode ? { code: code.trim() } : {}) });
    if (answer.next === "mfa") {
      setWantsCode(true);
      return;
    }
    window.localStorage.setItem("iamd-account", account.trim());
    await entered();
  });
  if (wantsCode) {
    return (
      <Card title="Multi-factor authentication" act={act} busy={busy} verb="Submit">
        <FormField label="MFA code" description="The six digits that your authenticator shows.">
          <Input value={code} autoFocus inputMode="numeric" autoComplete="one-time-code" name="code" onChange={(event) => setCode(event.detail.value)} />
        </FormField>
        <Problem error={error} />
      </Card>
    );
  }
  return (
    <Card title="Sign in as IAM user" act={act} busy={busy} verb="Sign in">
      <FormField label="Account ID or account alias">
        <Input value={account} name="account" autoComplete="organization" onChange={(event) => setAccount(event.detail.value)} />
      </FormField>
      <FormField label="IAM user name">
        <Input value={user} name="user" autoComplete="username" onChange={(event) => setUser(event.detail.value)} />
      </FormField>
      <FormField label="Password">
        <Input value={password} type="password" name="password" autoComplete="current-password" onChange={(event) => setPassword(event.detail.value)} />
      </FormField>
      <Problem error={error} />
      <Alert type="info">The root user has no password. It signs in with the link that <code>iamd login</code> prints, as does whoever else has an access key.</Alert>
    </Card>
  );
}

function ChangePassword({ entered }: { entered: () => Promise<void> }) {
  const [old, setOld] = useState("");
  const [fresh, setFresh] = useState("");
  const [again, setAgain] = useState("");
  const { act, busy, error } = useAct(async () => {
    if (fresh !== again) {
      throw new Error("the two passwords are different");
    }
    await call("iam", "ChangePassword", { OldPassword: old, NewPassword: fresh });
    await own("SignOut", {});
    await entered();
  });
  return (
    <Card title="Change your password" act={act} busy={busy} verb="Change password">
      <Alert type="info">Your password must be changed before you go on. You sign in with the new one afterwards.</Alert>
      <FormField label="Old password">
        <Input value={old} type="password" autoComplete="current-password" name="old" onChange={(event) => setOld(event.detail.value)} />
      </FormField>
      <FormField label="New password">
        <Input value={fresh} type="password" autoComplete="new-password" name="new" onChange={(event) => setFresh(event.detail.value)} />
      </FormField>
      <FormField label="New password, once more">
        <Input value={again} type="password" autoComplete="new-password" name="again" onChange={(event) => setAgain(event.detail.value)} />
      </FormField>
      <Problem error={error} />
    </Card>
  );
}

/** Trades a link in; at once, unless that would replace somebody else. */
function Redeem({ session, token, entered }: { session: Session | null; token: string; entered: () => Promise<void> }) {
  const begun = useRef(false);
  const { act, busy, error } = useAct(async () => {
    await own("RedeemLink", { token });
    // No screen may ask for anything before the new session's anti-forgery token is known.
    await entered();
    window.history.replaceState(null, "", window.location.pathname + "#/");
    window.dispatchEvent(new Event("hashchange"));
  });
  useEffect(() => {
    if (session === null && !begun.current) {
      begun.current = true;
      act();
    }
  });
  if (session === null || error !== undefined) {
    return (
      <Container header={<Header variant="h1">Signing in</Header>}>
        <SpaceBetween size="m">
          <Problem error={error} />
          {error !== undefined && <Button href="#/">Sign in another way</Button>}
        </SpaceBetween>
      </Container>
    );
  }
  return (
    <Card title="Sign in as somebody else?" act={act} busy={busy} verb="Sign in with the link">
      <p>You are signed in as <b className="iamd-wrap">{session.arn}</b>. The link that you have opened ends that session.</p>
      <Button href="#/">Stay signed in</Button>
    </Card>
  );
}

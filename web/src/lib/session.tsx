// Who is signed in.

import { createContext, useContext } from "react";

export interface Session {
  arn: string;
  name: string;
  kind: string;
  sessionName: string;
  accountId: string;
  accountAlias: string | null;
  method: string;
  mfa: boolean;
  csrf: string;
  expiresAt: number;
  idleSeconds: number;
  mustChangePassword: boolean;
  switched: boolean;
}

export const SessionContext = createContext<Session | null>(null);

export function useSession(): Session {
  const session = useContext(SessionContext);
  if (session === null) {
    throw new Error("nobody is signed in");
  }
  return session;
}

export function shownName(session: Session): string {
  return session.kind === "assumed-role" || session.sessionName
    ? `${session.name}/${session.sessionName}`
    : session.name;
}

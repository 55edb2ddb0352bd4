import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Link from "@cloudscape-design/components/link";

import { ApiError } from "../lib/api";
import { href } from "../lib/route";

/** What went wrong, and for a denial where it is explained. */
export function Problem({ error }: { error: unknown }) {
  if (error === undefined || error === null) {
    return null;
  }
  if (!(error instanceof ApiError)) {
    return <Alert type="error" header="The page has failed">{String(error)}</Alert>;
  }
  const denied = error.decisionId !== null;
  return (
    <Alert type="error" header={denied ? "You are not allowed to do this" : error.code}>
      <Box variant="p" color="inherit">{error.message}</Box>
      {denied && <Link href={href("decisions", error.decisionId!)}>Why, and what would allow it</Link>}
    </Alert>
  );
}

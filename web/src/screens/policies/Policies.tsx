import type { Route } from "../../lib/route";
import { CreatePolicy } from "./CreatePolicy";
import { PolicyDetails } from "./PolicyDetails";
import { PolicyList } from "./PolicyList";

export default function Policies({ route }: { route: Route }) {
  const [, arn, tab] = route.parts;
  if (arn === undefined) {
    return route.query.has("create") ? <CreatePolicy /> : <PolicyList scope={route.query.get("scope") ?? "Local"} />;
  }
  return <PolicyDetails key={arn} arn={arn} tab={tab ?? "document"} query={route.query} />;
}

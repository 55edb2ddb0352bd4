import type { Route } from "../../lib/route";
import { CreateRole } from "./CreateRole";
import { RoleDetails } from "./RoleDetails";
import { RoleList } from "./RoleList";

export default function Roles({ route }: { route: Route }) {
  const [, name, tab] = route.parts;
  if (name === undefined) {
    return route.query.has("create") ? <CreateRole start={route.query} /> : <RoleList />;
  }
  return <RoleDetails key={name} name={name} tab={tab ?? "permissions"} />;
}

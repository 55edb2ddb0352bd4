import type { Route } from "../../lib/route";
import { CreateUser } from "./CreateUser";
import { UserDetails } from "./UserDetails";
import { UserList } from "./UserList";

export default function Users({ route }: { route: Route }) {
  const [, name, tab] = route.parts;
  if (name === undefined) {
    return route.query.has("create") ? <CreateUser /> : <UserList />;
  }
  return <UserDetails key={name} name={name} tab={tab ?? "permissions"} />;
}

import type { Route } from "../../lib/route";
import { GroupDetails } from "./GroupDetails";
import { GroupList } from "./GroupList";

export default function Groups({ route }: { route: Route }) {
  const [, name, tab] = route.parts;
  return name === undefined ? <GroupList /> : <GroupDetails key={name} name={name} tab={tab ?? "users"} />;
}

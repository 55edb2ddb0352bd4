import type { Route } from "../../lib/route";
import { DecisionLog } from "./DecisionLog";
import { Explained } from "./Explained";

export default function Decisions({ route }: { route: Route }) {
  const id = route.parts[1];
  return id === undefined ? <DecisionLog /> : <Explained key={id} id={id} />;
}

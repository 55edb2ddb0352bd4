import type { Route } from "../../lib/route";
import { AddOidcProvider } from "./AddOidcProvider";
import { AddSamlProvider } from "./AddSamlProvider";
import { OidcProvider } from "./OidcProvider";
import { ProviderList } from "./ProviderList";
import { SamlProvider } from "./SamlProvider";
import { kindOf } from "./providers";

export default function Providers({ route }: { route: Route }) {
  const [, arn, tab] = route.parts;
  if (arn === undefined) {
    const adding = route.query.get("create");
    if (adding === null) {
      return <ProviderList />;
    }
    return adding === "saml" ? <AddSamlProvider given={route.query} /> : <AddOidcProvider given={route.query} />;
  }
  return kindOf(arn) === "saml" ? <SamlProvider key={arn} arn={arn} tab={tab ?? "metadata"} /> : <OidcProvider key={arn} arn={arn} tab={tab ?? "audiences"} />;
}

// oidc-provider as it comes, on a free port of loopback, with its own pages to sign in.  Usage: openid.js CLIENT-ID REDIRECT-URI
import { generateKeyPairSync } from "node:crypto";
import { createServer } from "node:http";

import { Provider } from "oidc-provider";

const [clientId, redirectUri] = process.argv.slice(2);

function key(kid, type, options, alg) {
  const { privateKey } = generateKeyPairSync(type, options);
  return { ...privateKey.export({ format: "jwk" }), kid, alg, use: "sig" };
}

const client = {
  client_id: clientId,
  redirect_uris: [redirectUri],
  response_types: ["code"],
  grant_types: ["authorization_code"],
  token_endpoint_auth_method: "none",
  application_type: "native",
};

const server = createServer();
server.listen(0, "127.0.0.1", () => {
  const issuer = `http://127.0.0.1:${server.address().port}`;
  const provider = new Provider(issuer, {
    clients: [client, { ...client, client_id: `${clientId}-es256`, id_token_signed_response_alg: "ES256" }],
    cookies: { keys: ["of the tests"] },
    jwks: {
      keys: [key("rsa", "rsa", { modulusLength: 2048 }, "RS256"), key("ec", "ec", { namedCurve: "P-256" }, "ES256")],
    },
    enabledJWA: { idTokenSigningAlgValues: ["RS256", "ES256"] },
  });
  server.on("request", provider.callback());
  console.log(JSON.stringify({ url: issuer }));
});

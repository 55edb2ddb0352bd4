// samlp as it comes, on a free port of loopback.  Usage: saml.js KEY CERTIFICATE RECIPIENT ATTRIBUTES SIGNED
//
// KEY and CERTIFICATE are files, ATTRIBUTES is JSON: name to values.  SIGNED is `assertion`, `response`, or `encrypted`:
// then the assertion is signed, and encrypted for the same key, so that one pair of files does.
import { createPublicKey } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";

import samlp from "samlp";

const [keyFile, certificateFile, recipient, attributes, signed] = process.argv.slice(2);
const [key, cert] = [readFileSync(keyFile), readFileSync(certificateFile)];
const user = { name: "alice@example.com", attributes: JSON.parse(attributes) };

// How the provider is told what to say of a user.
function mapper(who) {
  return {
    getClaims: () => who.attributes,
    getNameIdentifier: () => ({
      nameIdentifier: who.name,
      nameIdentifierFormat: "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent",
    }),
  };
}
mapper.prototype.metadata = [];

const server = createServer();
server.listen(0, "127.0.0.1", () => {
  const url = `http://127.0.0.1:${server.address().port}`;
  const options = { issuer: `${url}/saml`, key, cert, profileMapper: mapper };
  const metadata = samlp.metadata({ ...options, redirectEndpointPath: "/sso", postEndpointPath: "/sso" });
  const signOn = samlp.auth({
    ...options,
    recipient,
    destination: recipient,
    lifetimeInSeconds: 300,
    signAssertion: signed !== "response",
    signResponse: signed === "response",
    ...(signed === "encrypted" && {
      encryptionPublicKey: createPublicKey(key).export({ type: "spki", format: "pem" }),
      encryptionCert: cert,
    }),
    getUserFromRequest: () => user,
    getPostURL: (audience, request, _, callback) => callback(null, recipient),
  });
  // It is made for Express: these are the words of Express that it uses.
  server.on("request", (request, response) => {
    const asked = new URL(request.url, url);
    Object.assign(request, { query: Object.fromEntries(asked.searchParams), originalUrl: request.url, protocol: "http" });
    response.set = (name, value) => response.setHeader(name, value);
    response.send = (body) => response.end(String(body));
    const handle = asked.pathname === "/sso" ? signOn : metadata;
    handle(request, response, (error) => {
      response.statusCode = 500;
      response.end(String(error));
    });
  });
  console.log(JSON.stringify({ url }));
});

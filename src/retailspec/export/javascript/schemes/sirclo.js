// HMAC-SHA256 in base64, over path and query with plain values and then the body.
// The variable leading_slash: always (if it is not set), never, or as-printed (of a GET only).
function sign(key, method, uri, body) {
  const slash = pm.variables.get("leading_slash") || "always";
  const signed = slash === "never" || (slash === "as-printed" && method !== "GET") ? uri.replace(/^\//, "") : uri;
  return hashes.enc.Base64.stringify(hashes.HmacSHA256(signed + body, key));
}

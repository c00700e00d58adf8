// HMAC-SHA256 in lower-case hex, over the body.
function sign(key, method, uri, body) {
  return hashes.enc.Hex.stringify(hashes.HmacSHA256(body, key));
}

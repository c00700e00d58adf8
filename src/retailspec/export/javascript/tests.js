const code = String(pm.response.code);
pm.test("the status is that of a success: " + STATUSES.join(" or "), () => {
  pm.expect(STATUSES.some((one) => one === code || (one === "2XX" && code[0] === "2")), code).to.equal(true);
});
const schema = SCHEMAS[code] || SCHEMAS[code[0] + "XX"];
if (schema) {
  pm.test("the body keeps its schema", () => pm.response.to.have.jsonSchema(schema));
  pm.test("the body is labelled application/json", () => {
    pm.expect((pm.response.headers.get("Content-Type") || "").split(";")[0].trim()).to.equal("application/json");
  });
}
if (code === "204") {
  pm.test("there is no body", () => pm.expect(pm.response.text()).to.equal(""));
}

const now = new Date().toISOString();
const parts = { "%Y": [0, 4], "%m": [5, 7], "%d": [8, 10], "%H": [11, 13], "%M": [14, 16], "%S": [17, 19] };
for (const [name, form] of Object.entries(CLOCKS)) {
  pm.variables.set(name, form.replace(/%[YmdHMS]/g, (part) => now.slice(...parts[part])));
}

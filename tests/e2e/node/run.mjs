// node run.mjs <file> <scenario> <json>: runs what ./<file>.mjs exports under that name and prints, as JSON, what it says.
const [file, scenario, given] = process.argv.slice(2);
const scenarios = await import(`./${file}.mjs`);
console.log(JSON.stringify(await scenarios[scenario](JSON.parse(given))));

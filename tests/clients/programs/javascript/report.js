"use strict";

/** Print one step, as ../README.md says. */
exports.say = (step, values) => console.log(JSON.stringify({ step, ...values }));

/** Return the code of the error that a promise must end with. */
exports.code = (promise) =>
  promise.then(
    () => "no error",
    // Version 2 says `code`, version 3 says `name`.
    (error) => error.code ?? error.name,
  );

/** Damaged and hostile files against the command line: mutators by format, targets, and verdicts by rule. */
package kinema.attack;

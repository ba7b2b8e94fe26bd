/** The documentation's site: its pages from Markdown, and the picture at the top of the README. */
@NullMarked
package kinema.site;

import org.jspecify.annotations.NullMarked;

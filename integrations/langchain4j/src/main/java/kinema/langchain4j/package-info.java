/** Kinema for programs that use LangChain4j. */
@NullMarked
package kinema.langchain4j;

import org.jspecify.annotations.NullMarked;

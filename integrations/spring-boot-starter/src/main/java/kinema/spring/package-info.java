/** Kinema for programs of Spring Boot. */
@NullMarked
package kinema.spring;

import org.jspecify.annotations.NullMarked;

package kinema.tensor;

/** What a program that lacks a module of Kinema's has to add. */
public final class Dependency {
    private Dependency() {}

    /**
     * The lines for a program's build, of this version.
     *
     * @param artifact such as {@code kinema-video}
     */
    public static String toAdd(String artifact) {
        String version = Dependency.class.getPackage().getImplementationVersion();
        return """
                add to the program's pom.xml:

                <dependency>
                  <groupId>io.kinema</groupId>
                  <artifactId>%1$s</artifactId>
                  <version>%2$s</version>
                </dependency>

                or to its build.gradle: implementation("io.kinema:%1$s:%2$s")""".formatted(artifact, version == null ? "VERSION" : version);
    }
}

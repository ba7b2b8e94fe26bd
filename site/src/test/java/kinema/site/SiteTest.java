package kinema.site;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The whole site, built of the project's own pages; it stays in {@code target/site}. */
class SiteTest {
    private static final Path PROJECT = Path.of("..").toAbsolutePath().normalize();
    private static final Path SITE = Path.of("target/site").toAbsolutePath();
    private static final Pattern TARGET = Pattern.compile("(href|src)=\"([^\"]*)\"");

    private static final Map<Path, String> PAGES = new TreeMap<>();

    @BeforeAll
    static void build() throws IOException {
        Site.build(PROJECT, SITE);
        try (Stream<Path> files = Files.walk(SITE)) {
            for (Path file : files.filter(f -> f.toString().endsWith(".html")).toList()) {
                PAGES.put(file, Files.readString(file));
            }
        }
    }

    @Test
    void everyLinkAndPictureIsThere() {
        List<String> broken = new ArrayList<>();
        PAGES.forEach((page, html) -> {
            Matcher target = TARGET.matcher(html);
            while (target.find()) {
                if (!isThere(page, target.group(2))) {
                    broken.add(SITE.relativize(page) + ": " + target.group(2));
                }
            }
        });
        assertThat(broken).isEmpty();
    }

    private static boolean isThere(Path page, String target) {
        if (target.startsWith("https://") || target.startsWith("data:")) {
            return true;
        }
        int hash = target.indexOf('#');
        String name = hash < 0 ? target : target.substring(0, hash);
        Path file = name.isEmpty() ? page : page.resolveSibling(name).normalize();
        if (hash < 0) {
            return Files.isRegularFile(file);
        }
        return PAGES.getOrDefault(file, "").contains("id=\"" + target.substring(hash + 1) + "\"");
    }

    /** Nothing is fetched when a page is read, and nothing runs in it. */
    @Test
    void pagesNeedNoNetworkAndNoScripts() throws IOException {
        assertThat(PAGES.values())
                .allSatisfy(html -> assertThat(html)
                        .doesNotContain("<script", "src=\"http", "src=\"//", "@import")
                        .doesNotContainPattern("<link[^>]*href=\"http"));
        assertThat(Files.readString(SITE.resolve("site.css"))).doesNotContain("url(", "@import");
    }

    @Test
    void everyPageIsListedOrLinkedTo() {
        List<String> lonely = new ArrayList<>();
        for (Path page : PAGES.keySet()) {
            boolean linked = PAGES.entrySet().stream()
                    .filter(other -> !other.getKey().equals(page))
                    .anyMatch(other -> TARGET.matcher(other.getValue())
                            .results()
                            .anyMatch(m -> other.getKey()
                                    .resolveSibling(m.group(2).replaceFirst("#.*", ""))
                                    .normalize()
                                    .equals(page)));
            if (!linked) {
                lonely.add(SITE.relativize(page).toString());
            }
        }
        assertThat(lonely).isEmpty();
        assertThat(Template.listed())
                .allSatisfy(name -> assertThat(PROJECT.resolve(name)).exists());
    }

    @Test
    void aPageHasItsTitleItsSectionsAndItsPlaceInTheList() {
        String html = PAGES.get(SITE.resolve("docs/start.html"));
        assertThat(html)
                .contains("<title>Start · Kinema</title>", "<h1 id=\"start\">Start</h1>")
                .contains("<li><a href=\"#the-first-video\">The first video</a></li>")
                .contains("<a href=\"../docs/start.html\" aria-current=\"page\">Start</a>")
                .contains("<a href=\"../index.html#what-needs-a-checkpoint\">");
    }
}

package kinema.cli;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import kinema.files.FileFailure;
import kinema.files.SmallFile;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;

/**
 * A file of prompts: one JSON object a line, its keys {@code prompt} and those of {@link LineOptions} without the dashes.
 * What a line leaves open is as the command's own options say.
 */
final class PromptFile {
    private static final String PROMPT = "prompt";
    private static final String SET = "set";
    private static final int MAX_FILE = 64 << 20; // bytes: a hundred thousand prompts

    /** Some editors begin a file with it. */
    private static final String MARK = "\uFEFF";

    private static final ObjectMapper JSON = JsonMapper.builder()
            .enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION)
            .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
            .build();

    private final Path file;
    private final Map<String, OptionSpec> known = new LinkedHashMap<>();
    private final Map<String, List<String>> given = new LinkedHashMap<>();

    private PromptFile(Path file, List<OptionSpec> defaults) {
        this.file = file;
        LineOptions.known().forEach(option -> known.put(LineOptions.key(option), option));
        defaults.forEach(option -> given.put(LineOptions.key(option), args(option, option.originalStringValues())));
    }

    /**
     * Reads and checks all lines; empty ones are passed over.
     *
     * @param defaults options given to the command
     * @throws CommandException naming file and line
     */
    static List<PromptLine> read(Path file, List<OptionSpec> defaults) {
        PromptFile prompts = new PromptFile(file, defaults);
        List<PromptLine> lines = new ArrayList<>();
        int number = 0;
        for (String text : lines(file)) {
            number++;
            if (!text.isBlank()) {
                lines.add(prompts.line(number, text));
            }
        }
        if (lines.isEmpty()) {
            throw bad(file + " holds no prompts; expected lines such as {\"prompt\": \"a red rocket\", \"seed\": 7}");
        }
        return lines;
    }

    private PromptLine line(int number, String text) {
        try {
            return new PromptLine(number, LineOptions.parse(args(object(text))));
        } catch (ParameterException | IllegalArgumentException e) {
            throw bad(file + ":" + number + ": " + Errors.inKeys(e));
        }
    }

    /** The line as it would stand on a command line. */
    private List<String> args(JsonNode line) {
        Map<String, List<String>> all = new LinkedHashMap<>(given);
        for (Map.Entry<String, JsonNode> e : line.properties()) {
            if (!e.getKey().equals(PROMPT)) {
                List<String> own = args(e.getKey(), e.getValue());
                all.merge(e.getKey(), own, e.getKey().equals(SET) ? PromptFile::joined : (before, now) -> now);
            }
        }
        leaveOutGiven(all, line);
        List<String> args = new ArrayList<>();
        all.values().forEach(args::addAll);
        args.add("--");
        args.add(prompt(line));
        return args;
    }

    /** A setting that the line gives in one way counts before what the command gives in the other. */
    private static void leaveOutGiven(Map<String, List<String>> all, JsonNode line) {
        JsonNode set = line.path(SET);
        set.fieldNames().forEachRemaining(key -> {
            if (!line.has(key)) {
                all.remove(key);
            }
        });
        all.computeIfPresent(
                SET,
                (key, pairs) -> pairs.stream()
                        .filter(pair -> set.has(setting(pair)) || !line.has(setting(pair)))
                        .toList());
    }

    /** The pairs of both; those of the second count. */
    private static List<String> joined(List<String> before, List<String> now) {
        Map<String, String> pairs = new LinkedHashMap<>();
        before.forEach(pair -> pairs.put(setting(pair), pair));
        now.forEach(pair -> pairs.put(setting(pair), pair));
        return List.copyOf(pairs.values());
    }

    /** The setting of an argument such as {@code --set=steps=30}. */
    private static String setting(String pair) {
        return pair.split("=", -1)[1];
    }

    private List<String> args(String key, JsonNode value) {
        OptionSpec option = known.get(key);
        if (option == null) {
            throw new IllegalArgumentException("unknown key '" + key + "'; known: " + PROMPT + ", "
                    + String.join(", ", new TreeSet<>(known.keySet())));
        }
        if (option.isMultiValue()) {
            return pairs(option, key, value);
        }
        boolean flag = option.arity().max() == 0;
        if (flag ? !value.isBoolean() : !value.isTextual() && !value.isNumber()) {
            throw new IllegalArgumentException(
                    "'" + key + "' must be " + (flag ? "true or false" : "a text or a number") + ", found " + value);
        }
        return flag && !value.asBoolean() ? List.of() : args(option, List.of(value.asText()));
    }

    /** An option of pairs, which a line writes as an object. */
    private static List<String> pairs(OptionSpec option, String key, JsonNode value) {
        if (!value.isObject()
                || value.properties().stream().anyMatch(e -> !e.getValue().isValueNode())) {
            throw new IllegalArgumentException(
                    "'" + key + "' must be an object of settings, such as {\"steps\": 30}, found " + value);
        }
        return args(
                option,
                value.properties().stream()
                        .map(e -> e.getKey() + "=" + e.getValue().asText())
                        .toList());
    }

    private static List<String> args(OptionSpec option, List<String> values) {
        return option.arity().max() == 0
                ? List.of(option.longestName())
                : values.stream()
                        .map(value -> option.longestName() + "=" + value)
                        .toList();
    }

    private static JsonNode object(String text) {
        JsonNode line;
        try {
            line = JSON.readTree(text.startsWith(MARK) ? text.substring(MARK.length()) : text);
        } catch (JsonProcessingException e) {
            throw new IllegalArgumentException("not valid JSON: " + complaint(e), e);
        }
        if (!line.isObject()) {
            throw new IllegalArgumentException("expected a JSON object, found " + line);
        }
        return line;
    }

    private static String prompt(JsonNode line) {
        JsonNode prompt = line.path(PROMPT);
        if (!prompt.isTextual() || prompt.asText().isBlank()) {
            throw new IllegalArgumentException("'" + PROMPT + "' must say what the video shows, found "
                    + (prompt.isMissingNode() ? "none" : prompt));
        }
        return prompt.asText();
    }

    /** What is wrong; Jackson's remarks on a source that it does not show say nothing. */
    private static String complaint(JsonProcessingException e) {
        return e.getOriginalMessage().replaceAll(" \\(start marker at .*", "");
    }

    private static List<String> lines(Path file) {
        try {
            return SmallFile.text(file, MAX_FILE).lines().toList();
        } catch (IOException e) {
            throw bad(
                    file + ": " + FileFailure.reading(file, e) + "; --prompts takes a file with a JSON object a line");
        }
    }

    private static CommandException bad(String message) {
        return new CommandException(ExitCode.BAD_INPUT, message);
    }
}

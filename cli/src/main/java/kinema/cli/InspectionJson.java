package kinema.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import kinema.memory.MemoryPlan;

/** An {@link Inspection} for programs. */
final class InspectionJson {
    private static final ObjectMapper JSON = new ObjectMapper();

    private InspectionJson() {}

    static String of(Inspection i) throws JsonProcessingException {
        ObjectNode root = JSON.createObjectNode();
        root.put("folder", i.folder().toString());
        root.put("system", i.system());
        root.put("variant", i.variant());
        root.put("licence", i.licence());
        root.put("parameters", i.parameters());
        root.put("bytes", i.bytes());
        ArrayNode networks = root.putArray("networks");
        for (Network n : i.networks()) {
            ObjectNode node = networks.addObject();
            node.put("name", n.name()).put("class", n.type()).put("parameters", n.count());
            ObjectNode dtypes = node.putObject("dtypes");
            n.parameters().forEach(dtypes::put);
            node.put("files", n.files()).put("bytes", n.bytes());
        }
        ObjectNode settings = root.putObject("settings");
        i.settings().forEach(s -> settings.putPOJO(s.key(), s.standardValue().orElse(null)));
        i.words().ifPresent(words -> root.set("knows", JSON.valueToTree(words.kinds())));
        MemoryPlan memory = i.memory();
        if (memory != null) {
            ObjectNode node = root.putObject("memoryBytes");
            node.put("peak", memory.peak()).put("program", memory.base());
            memory.stages().forEach(s -> node.put(s.stage(), s.bytes()));
        }
        ArrayNode problems = root.putArray("problems");
        i.problems().forEach(problems::add);
        return JSON.writeValueAsString(root);
    }
}

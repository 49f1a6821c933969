-- Heat maps of flagged images: made once, in the PACS beside the report that names them.

CREATE TABLE heat_map (
    id uuid NOT NULL CONSTRAINT pk_heat_map PRIMARY KEY,
    result_id uuid NOT NULL CONSTRAINT fk_heat_map_result_id REFERENCES result (id) ON DELETE RESTRICT,
    instance_id uuid NOT NULL CONSTRAINT fk_heat_map_instance_id REFERENCES instance (id) ON DELETE RESTRICT,
    frame integer NOT NULL,
    class_id text NOT NULL,
    method text NOT NULL,
    picture bytea NOT NULL,
    created_at timestamp with time zone NOT NULL
);
CREATE UNIQUE INDEX ix_heat_map_result_id_instance_id_frame ON heat_map (result_id, instance_id, frame);
CREATE INDEX ix_heat_map_instance_id ON heat_map (instance_id);

-- Work that is not done, by what it is about: asked whenever somebody looks for what waits for nothing.
CREATE INDEX work_open ON work (kind, subject) WHERE state <> 'done';

-- The <public event> of the protocol, in the very words of core/wire/event.h: the canonical public part, followed by the
-- event's hash and the digest that stands for its private part.
CREATE FUNCTION public_event(event auction_events) RETURNS text
    LANGUAGE sql STABLE STRICT PARALLEL SAFE
    RETURN left((event).public_part, -1)
           || ',"hash":"' || encode((event).hash, 'hex')
           || '","sealed":"' || encode(sha256((event).salt || convert_to((event).private_part, 'UTF8')), 'hex')
           || '"}';

"""The statements of fill.py, as named blocks; what begins with @ it fills in."""

from typing import Final

STATEMENTS: Final = r"""
-- plan: what each session of a range is like; every number of it is a hash of the session's number and the seed
-- (Layer upon layer, since the engine writes out what a name stands for wherever it is used in the same layer.)
SELECT
    *,
    arrayMap(s -> toUInt32(intDiv(s, 3600000)), starts) AS hours,
    arrayFilter(p -> p > 60000, arrayMap((s, e) -> toUInt64(s - e), arrayPopFront(starts), arrayPopBack(ends))) AS pauses
FROM
(
    SELECT
        *,
        arrayMap((i, s) -> s + 1500 + toInt64(@pick(i, 7, 6000)), ts, starts) AS ends,
        arrayMap(m -> ['gpt-4o-mini', 'gpt-4o', 'claude-sonnet-4-5', 'gemini-2.5-flash', 'claude-haiku-4-5', 'gpt-5', 'o4-mini', 'mistral-large'][m],
            model_numbers) AS models_by_turn,
        arrayMap((p, c) -> p + c, prompts, completions) AS tokens,
        arrayMap((p, c, m) -> toDecimal128((p + 4 * c) * [0.15, 2.5, 3, 0.3, 1, 1.25, 1.1, 2][m] / 1000000, 12), prompts, completions, model_numbers) AS costs,
        arrayMap(i -> map('channel', channel, 'plan', plan, 'tenant', tenant, 'turn', toString(i + 1)), ts) AS metadata_by_turn
    FROM
    (
        SELECT
            *,
            arrayMap(g -> t0 + toInt64(g), arrayPopBack(arrayPushFront(arrayCumSum(arrayMap(
                i -> 20000 + @pick(i, 5, 40000) + if(@pick(i, 6, 40) = 0, 2400000, 0), ts)), 0))) AS starts,
            arrayMap(i -> all_names[1 + least(@pick(i, 8, 20), @pick(i, 9, 20))], ts) AS names,
            arrayMap(i -> arrayDistinct(arrayMap(k -> all_tags[1 + least(@pick(i, k, 10), @pick(i, k + 10, 10))],
                range(20, 20 + @pick(i, 10, 5) % 3))), ts) AS tags_by_turn,
            arrayMap(i -> arrayDistinct(arrayMap(k -> all_tools[1 + least(@pick(i, k, 12), @pick(i, k + 10, 12))],
                range(40, 40 + @pick(i, 11, 3)))), ts) AS tools_by_turn,
            arrayMap(i -> @pick(i, 12, 40) = 0, ts) AS fails,
            arrayMap(i -> if(@pick(i, 15, 12) = 0, 1 + first_model % 8, first_model), ts) AS model_numbers,
            arrayMap(i -> 200 + @pick(i, 16, 400) + i * 90, ts) AS prompts,
            arrayMap(i -> 40 + @pick(i, 17, 500), ts) AS completions,
            arrayMap(i -> lower(hex(sipHash128(@seed, number, i))), ts) AS trace_ids
        FROM
        (
            SELECT
                number,
                concat('session-', leftPad(lower(hex(cityHash64(@seed, number))), 16, '0')) AS sid,
                range(multiIf(@chance(1) < 0.25, 1, @chance(1) < 0.255, 40 + cityHash64(@seed, number, 2) % 140, 2 + cityHash64(@seed, number, 2) % 8)) AS ts,
                toInt64(@first_ms) + intDiv(number, @per_day) * 86400000 + toInt64(86400000 * (@chance(3) + @chance(4)) / 2) AS t0,
                1 + toUInt8(7.99 * @chance(13) * @chance(14)) AS first_model,
                if(@chance(18) < 0.03, '', concat('user-', toString(toUInt32(20000 * @chance(18) * @chance(19))))) AS user,
                concat('"', ['web', 'phone', 'mail', 'app'][1 + toUInt8(3.99 * @chance(22) * @chance(23))], '"') AS channel,
                concat('"', ['free', 'pro', 'team'][1 + toUInt8(2.99 * @chance(24))], '"') AS plan,
                concat('"tenant-', toString(toUInt32(500 * @chance(25) * @chance(26))), '"') AS tenant,
                ['production', 'staging', 'development'][1 + toUInt8(2.99 * @chance(27) * @chance(28) * @chance(29))] AS env,
                concat('2.', toString(intDiv(number, @per_day * 5)), '.', toString(toUInt8(@chance(30) < 0.1))) AS rel,
                ['search', 'answer', 'cart', 'checkout', 'refund', 'small-talk', 'handover', 'lookup', 'login', 'profile', 'faq', 'compare',
                 'rate', 'cancel', 'ship', 'greet', 'bye', 'plan', 'code', 'test'] AS all_names,
                ['web', 'lead', 'vip', 'conversion', 'beta', 'spam', 'escalated', 'follow-up', 'complaint', 'praise'] AS all_tags,
                ['lookup_order', 'search_web', 'search_documents', 'refund', 'send_mail', 'run_code', 'read_file', 'calendar', 'weather',
                 'translate', 'sql', 'handover'] AS all_tools
            FROM numbers(@from, @count)
        )
    )
)

-- sessions: the rows of these sessions
INSERT INTO sessions
    (project_id, session_id, version, is_deleted, start_time, end_time, duration_ms, user_id, user_ids, trace_count, span_count,
     generation_count, tool_count, error_count, prompt_tokens, completion_tokens, total_tokens, cost, model_generations,
     model_prompt_tokens, model_completion_tokens, model_total_tokens, model_cost, tags, metadata, environment, release,
     first_input, last_output, trace_hours, title, outcome, outcome_ms, ended_ms, is_bookmarked, tool_calls, step_names, step_tags,
     step_metadata, step_start_ms, step_end_ms, step_failed, step_tokens, step_costs, step_tools, score_counts, score_means,
     pauses_ms)
WITH
    arrayDistinct(models_by_turn) AS models,
    arrayFlatten(tools_by_turn) AS calls,
    arrayDistinct(calls) AS tools
SELECT
    1, sid, @version, 0, fromUnixTimestamp64Milli(starts[1], 'UTC'), fromUnixTimestamp64Milli(ends[-1], 'UTC'),
    toUInt64(ends[-1] - starts[1]), user, if(user = '', [], [user]), length(ts), 2 * length(ts) + length(calls), length(ts), length(calls),
    arraySum(fails), arraySum(prompts), arraySum(completions), arraySum(tokens), arraySum(costs),
    mapFromArrays(models, arrayMap(m -> countEqual(models_by_turn, m), models)),
    mapFromArrays(models, arrayMap(m -> arraySum((of, n) -> if(of = m, n, 0), models_by_turn, prompts), models)),
    mapFromArrays(models, arrayMap(m -> arraySum((of, n) -> if(of = m, n, 0), models_by_turn, completions), models)),
    mapFromArrays(models, arrayMap(m -> arraySum((of, n) -> if(of = m, n, 0), models_by_turn, tokens), models)),
    mapFromArrays(models, arrayMap(m -> arraySum((of, n) -> if(of = m, n, toDecimal128(0, 12)), models_by_turn, costs), models)),
    arrayDistinct(arrayFlatten(tags_by_turn)), metadata_by_turn[-1], env, rel, @question(0), @answer(ts[-1]),
    arraySort(arrayDistinct(hours)), if(@chance(31) < 0.05, concat('Conversation ', toString(number)), ''),
    multiIf(@chance(32) < 0.25, 'solved', @chance(32) < 0.3, 'abandoned', ''), if(@chance(32) < 0.3, ends[-1] + 5000, 0),
    if(@chance(33) < 0.3, ends[-1] + 9000, 0), @chance(34) < 0.005,
    mapFromArrays(tools, arrayMap(t -> countEqual(calls, t), tools)),
    names, tags_by_turn, metadata_by_turn, starts, ends, fails, tokens, costs, tools_by_turn,
    if(@chance(35) < 0.1, map('helpful', 1), map()), if(@chance(35) < 0.1, map('helpful', round(@chance(36))), map()), pauses
FROM (@plan)

-- traces: one for each turn
INSERT INTO traces
    (project_id, hour, session_id, trace_id, version, is_deleted, start_time, end_time, name, user_id, status, error_type,
     error_message, environment, release, span_count, generation_count, tool_count, prompt_tokens, completion_tokens, total_tokens,
     cost, model_generations, model_prompt_tokens, model_completion_tokens, model_total_tokens, model_cost, tags, metadata,
     input_text, output_text, span_hours, tool_calls)
SELECT
    1, hours[i + 1], sid, trace_ids[i + 1], @version, 0, fromUnixTimestamp64Milli(starts[i + 1], 'UTC'),
    fromUnixTimestamp64Milli(ends[i + 1], 'UTC'), names[i + 1], user, if(fails[i + 1], 'error', 'ok'),
    if(fails[i + 1], 'Timeout', ''), if(fails[i + 1], 'the carrier took too long', ''), env, rel,
    2 + length(tools_by_turn[i + 1]), 1, length(tools_by_turn[i + 1]), prompts[i + 1], completions[i + 1], tokens[i + 1], costs[i + 1],
    map(models_by_turn[i + 1], 1), map(models_by_turn[i + 1], prompts[i + 1]), map(models_by_turn[i + 1], completions[i + 1]),
    map(models_by_turn[i + 1], tokens[i + 1]), map(models_by_turn[i + 1], costs[i + 1]), tags_by_turn[i + 1], metadata_by_turn[i + 1],
    @question(i), @answer(i), [hours[i + 1]], mapFromArrays(tools_by_turn[i + 1], arrayMap(t -> 1, tools_by_turn[i + 1]))
FROM (@plan) ARRAY JOIN ts AS i

-- spans: of each turn its root, one model call, and its tool calls
INSERT INTO spans
    (project_id, hour, trace_id, span_id, parent_id, received_ns, start_time, end_time, cost, tags, metadata, labels, counts, previews, texts)
WITH
    2 + length(tools_by_turn[i + 1]) AS steps,
    leftPad(lower(hex(cityHash64(@seed, number, i, 0))), 16, '0') AS root,
    intDiv(ends[i + 1] - starts[i + 1], steps) AS step_ms,
    starts[i + 1] + j * step_ms AS began,
    multiIf(j = 0, ends[i + 1], began + step_ms) AS ended,
    multiIf(j = 0, names[i + 1], j = 1, 'generate-response', tools_by_turn[i + 1][j - 1]) AS name,
    fails[i + 1] AND j = 0 AS failed,
    if(j = 1, tokens[i + 1], 0) AS used,
    if(j = 2, concat('{"order": ', toString(@pick(i, j, 100000)), '}'), @question(i)) AS asked,
    if(j = 2, concat('{"found": ', toString(@pick(i, j, 100)), '}'), @answer(i)) AS answered
SELECT
    1, toUInt32(intDiv(began, 3600000)), trace_ids[i + 1], if(j = 0, root, leftPad(lower(hex(cityHash64(@seed, number, i, j))), 16, '0')),
    if(j = 0, '', root), (ended + 500) * 1000000, fromUnixTimestamp64Milli(began, 'UTC'), fromUnixTimestamp64Milli(ended, 'UTC'),
    if(j = 1, costs[i + 1], NULL), if(j = 0, tags_by_turn[i + 1], []), if(j = 0, metadata_by_turn[i + 1], map()),
    [name, ['agent', 'generation', 'tool'][least(j, 2) + 1], if(failed, 'error', ''), if(failed, 'Timeout', ''),
     if(failed, 'the carrier took too long', ''), env, rel, 'shop', 'threadline', 'threadline', if(j = 1, models_by_turn[i + 1], ''),
     if(j = 1, 'openai', ''), sid, user],
    [toUInt64(j = 1), if(j = 1, prompts[i + 1], 0), if(j = 1, completions[i + 1], 0), 0, 0, 0, used, toUInt64(j = 1)],
    [asked, answered, if(j = 0, '', concat(asked, '\0', answered))],
    [if(j = 1, concat('[{"role":"user","content":"', asked, '"}]'), asked), if(j = 1, concat('{"role":"assistant","content":"', answered, '"}'), answered),
     '', '', concat('{"session.id":"', sid, '","user.id":"', user, '"}'), '', '', '{"service.name":"shop"}', '', '', 'internal', '']
FROM (@plan) ARRAY JOIN ts AS i, arrayMap(t -> range(2 + length(t)), tools_by_turn) AS js ARRAY JOIN js AS j

-- turn_texts: what each turn said; all of it is lower-case ASCII, so that it is its own folded form
INSERT INTO turn_texts (project_id, session_id, hour, trace_id, version, is_deleted, start_time, said, words)
WITH
    @question(i) AS asked,
    @answer(i) AS answered
SELECT
    1, sid, hours[i + 1], trace_ids[i + 1], @version, 0, fromUnixTimestamp64Milli(starts[i + 1], 'UTC'), [asked, answered],
    concat(' X', replaceAll(asked, ' ', ' X'), ' |  X', replaceAll(answered, ' ', ' X'), ' ')
FROM (@plan) ARRAY JOIN ts AS i

-- trace_keys: where all of them are
INSERT INTO trace_keys (project_id, trace_id, version, is_deleted, hour, session_id, span_hours, arrived_ns)
SELECT project_id, trace_id, version, 0, hour, session_id, span_hours, toUnixTimestamp64Nano(end_time) FROM traces

-- session_keys: the same of sessions
INSERT INTO session_keys (project_id, session_id, start_time, version)
SELECT project_id, session_id, start_time, version FROM sessions

-- rollup_progress: all of it is rolled up
INSERT INTO rollup_progress (server, version, complete_until_ns)
SELECT 'embedded', toUnixTimestamp64Nano(now64(9)) AS now, now
"""

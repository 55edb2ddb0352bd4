#!/usr/bin/env bash
# A function in the manner of AWS's code examples for Bash: set the status of a user's access key.

# Set the status of an access key of an IAM user.
#
#   -u USER_NAME      the user
#   -k ACCESS_KEY_ID  the access key
#   -a                activate it
#   -d                deactivate it
#   -h                help
#
# Returns 0 if the key has the status, 1 otherwise.
iam_update_access_key() {
    local user_name="" access_key="" activate="" deactivate="" option answer status
    local OPTIND OPTARG

    while getopts "u:k:adh" option; do
        case "$option" in
            u) user_name="$OPTARG" ;;
            k) access_key="$OPTARG" ;;
            a) activate=yes ;;
            d) deactivate=yes ;;
            h)
                echo "iam_update_access_key -u USER_NAME -k ACCESS_KEY_ID [-a | -d]"
                return 0
                ;;
            *)
                echo "ERROR: that is no option of iam_update_access_key." >&2
                return 1
                ;;
        esac
    done

    if [[ -z $user_name ]]; then
        echo "ERROR: name the user with -u." >&2
        return 1
    fi
    if [[ -z $access_key ]]; then
        echo "ERROR: name the access key with -k." >&2
        return 1
    fi
    if [[ -n $activate && -n $deactivate ]]; then
        echo "ERROR: -a and -d exclude each other." >&2
        return 1
    fi
    if [[ -z $activate && -z $deactivate ]]; then
        echo "ERROR: give one of -a and -d." >&2
        return 1
    fi
    status=Inactive
    [[ -n $activate ]] && status=Active

    if ! answer=$(aws iam update-access-key --user-name "$user_name" --access-key-id "$access_key" --status "$status" 2>&1); then
        echo "ERROR: AWS reports that update-access-key failed." >&2
        echo "$answer" >&2
        return 1
    fi
    return 0
}
